import gzip

import pytest

from devstack.retail import HEADER
from devstack.retail_file import FileError, read_rows

FILE = ",".join(HEADER) + '\n536365,85123A,"HEART, WHITE",6,2010-12-01,2.55,17850,EIRE\n\n'


def test_a_compressed_file_is_known_by_its_content(tmp_path):
    """A gzipped file works whatever its name, so that a renamed download does."""
    (tmp_path / "plain.csv").write_text(FILE)
    (tmp_path / "packed.csv").write_bytes(gzip.compress(FILE.encode()))

    plain, packed = (list(read_rows(tmp_path / name)) for name in ("plain.csv", "packed.csv"))

    assert plain == packed
    assert plain[0][2] == "HEART, WHITE"


def test_empty_lines_are_no_rows(tmp_path):
    """Editors leave one at the end; it would count as unreadable for ever."""
    path = tmp_path / "orders.csv"
    path.write_text(FILE + "\n\n")

    assert len(list(read_rows(path))) == 1


def test_a_file_as_spreadsheets_save_it_is_read(tmp_path):
    """Excel writes a byte order mark and CRLF."""
    path = tmp_path / "orders.csv"
    path.write_bytes(b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode())

    assert len(list(read_rows(path))) == 1


def test_bytes_that_are_no_text_spoil_only_their_row(tmp_path):
    """One broken line in half a million must not stop the rest."""
    path = tmp_path / "orders.csv"
    path.write_bytes(FILE.encode() + b"\xff\xfe,\x00\n" + FILE.splitlines()[1].encode())

    assert len(list(read_rows(path))) == 3


def test_a_field_too_long_for_csv_spoils_only_its_row(tmp_path):
    """The csv module gives up on a field of 128 KiB, for instance after an unclosed quote."""
    path = tmp_path / "orders.csv"
    path.write_text(FILE + "x" * 200_000 + "\n" + FILE.splitlines()[1])

    rows = list(read_rows(path))

    assert [len(row) for row in rows] == [8, 1, 8]


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n"])
def test_another_kind_of_file_is_refused_with_what_was_expected(tmp_path, content):
    """Counting a whole wrong file as unreadable rows would hide the mistake."""
    path = tmp_path / "orders.csv"
    path.write_text(content)

    with pytest.raises(FileError, match="InvoiceNo,StockCode"):
        list(read_rows(path))


def test_a_missing_file_is_named(tmp_path):
    """A typo in --orders is the likeliest mistake of all."""
    with pytest.raises(FileError, match=r"nowhere\.csv"):
        list(read_rows(tmp_path / "nowhere.csv"))


def test_a_truncated_archive_is_refused(tmp_path):
    """Half a download must not pass for a short day."""
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(gzip.compress(FILE.encode() * 100)[:-20])

    with pytest.raises(FileError, match=r"orders\.csv\.gz"):
        list(read_rows(path))
