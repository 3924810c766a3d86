"""A wrong environment stops the start, and says what is wrong."""

import json
from pathlib import Path

import pytest

from shared.settings import Settings, SettingsError, load_settings

SAMPLE = json.loads(Path("local.settings.sample.json").read_text())["Values"]


@pytest.fixture(autouse=True)
def environment(monkeypatch) -> None:
    """The sample's settings and nothing else."""
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    for name, value in SAMPLE.items():
        monkeypatch.setenv(name, value)


def test_the_sample_is_complete():
    """Copying it is all that `func start` needs."""
    assert load_settings().cosmos_database == "orders"


@pytest.mark.parametrize("name", ["COSMOS_ENDPOINT", "PAYMENT_API_KEY"])
def test_a_missing_setting_is_named(monkeypatch, name):
    """The log of a failed start is all that the person on call has."""
    monkeypatch.delenv(name)

    with pytest.raises(SettingsError, match=name):
        load_settings()


UNRESOLVED = "@Microsoft.KeyVault(SecretUri=https://kv-orders.vault.azure.net/secrets/s)"


def test_a_secret_that_is_not_in_the_vault_stops_the_start(monkeypatch):
    """App Service leaves the reference itself in the setting, which the provider would refuse."""
    monkeypatch.setenv("PAYMENT_API_KEY", UNRESOLVED)

    with pytest.raises(SettingsError, match=r"PAYMENT_API_KEY: .*Key Vault"):
        load_settings()


def test_a_reference_that_was_not_resolved_signs_no_webhooks(monkeypatch):
    """Whoever guesses the name of the vault could sign with it, and report payments."""
    monkeypatch.setenv("PAYMENT_WEBHOOK_SECRET", UNRESOLVED)

    assert load_settings().payment_webhook_secret is None


@pytest.mark.parametrize("name", ["APP_CONFIGURATION_CONNECTION_STRING", "AzureWebJobsStorage"])
def test_a_service_without_any_address_is_named(monkeypatch, name):
    """Either an endpoint or a connection string has to be there."""
    monkeypatch.delenv(name)

    with pytest.raises(SettingsError, match=name.split("_CONNECTION")[0]):
        load_settings()


def test_a_key_is_for_emulators_only(monkeypatch):
    """In Azure the managed identity signs in; a key there would be a secret to lose."""
    monkeypatch.setenv("COSMOS_ENDPOINT", "https://orders.documents.azure.com/")

    with pytest.raises(SettingsError, match="managed identity"):
        load_settings()


def test_a_message_about_settings_shows_no_values(monkeypatch):
    """Start-up logs are read by many."""
    monkeypatch.setenv("COSMOS_ENDPOINT", "https://orders.documents.azure.com/")

    with pytest.raises(SettingsError) as refusal:
        load_settings()

    assert SAMPLE["COSMOS_KEY"] not in str(refusal.value)


def test_settings_do_not_show_their_secrets(monkeypatch):
    """Somebody will log the settings one day."""
    assert SAMPLE["COSMOS_KEY"] not in repr(load_settings())
