import json

import pytest

from costs.command import main

MILLION = ("--orders-per-month", "1,000,000")


def test_without_a_choice_all_are_compared(capsys):
    """Whoever does not know what to choose asks for exactly that."""
    assert main([*MILLION]) == 0

    said = capsys.readouterr().out
    for name in ("flex, serverless", "flex, autoscale", "premium, serverless", "512 MB"):
        assert name in said


def test_a_choice_gets_its_bill_line_by_line(capsys):
    """With what is assumed, and which prices nobody has confirmed."""
    assert main([*MILLION, "--plan", "premium", "--cosmos", "autoscale"]) == 0

    said = capsys.readouterr().out
    assert "EP1, always: vCPU hours" in said
    assert "RU/s-hours" in said
    assert "Assumed:" in said
    assert "Not confirmed:" in said


def test_programs_get_the_same_figures(capsys):
    """For a dashboard, or a budget."""
    main([*MILLION, "--sampling", "20", "--json"])

    bill = json.loads(capsys.readouterr().out)
    assert bill["choices"]["sampling"] == 20
    assert bill["total"] == pytest.approx(sum(line["cost"] for line in bill["bill"]), abs=0.01)


def test_all_choices_as_json(capsys):
    """The first is what the template deploys by default."""
    main([*MILLION, "--json"])

    variants = json.loads(capsys.readouterr().out)
    assert variants[0]["name"] == "flex, serverless"
    assert len(variants) == 12


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((), "--orders-per-month"), ((*MILLION, "--lines", "251"), "none beyond")],
)
def test_what_cannot_be_priced_is_refused_in_words(arguments, words, capsys):
    """A guess would look like a measurement."""
    assert main([*arguments]) == 1

    assert words in capsys.readouterr().err


def test_output_fits_a_terminal(capsys):
    """Wrapped tables cannot be read."""
    main([*MILLION, "--plan", "flex"])

    assert max(map(len, capsys.readouterr().out.splitlines())) <= 100
