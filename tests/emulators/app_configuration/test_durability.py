"""What was acknowledged survives the process."""

import base64

from azure.appconfiguration import AzureAppConfigurationClient, ConfigurationSetting

from emulators.app_configuration.authentication import DEFAULT_ACCESS_KEY
from tests.emulators.processes import EmulatorProcess


def connect(emulator, access_key_id=DEFAULT_ACCESS_KEY.id, secret=DEFAULT_ACCESS_KEY.secret):
    """The synchronous SDK, pointed at *emulator*."""
    return AzureAppConfigurationClient.from_connection_string(
        f"Endpoint={emulator.url};Id={access_key_id};Secret={secret}", retry_total=0
    )


def test_a_setting_survives_kill_9(tmp_path):
    """After a restart clients see the same version and do not reload."""
    setting = ConfigurationSetting(key="a", label="prod", value="b", tags={"x": "y"})
    with EmulatorProcess("app_configuration", tmp_path) as emulator, connect(emulator) as client:
        written = client.set_configuration_setting(setting)

    with EmulatorProcess("app_configuration", tmp_path) as emulator, connect(emulator) as client:
        read = client.get_configuration_setting("a", label="prod")

    assert (read.value, read.tags, read.etag) == ("b", {"x": "y"}, written.etag)


def test_the_access_key_can_be_chosen(tmp_path):
    """A connection string copied from Azure's portal can be kept."""
    secret = base64.b64encode(b"chosen").decode()
    options = ("--id", "mine", "--secret", secret)

    with (
        EmulatorProcess("app_configuration", tmp_path, *options) as emulator,
        connect(emulator, "mine", secret) as client,
    ):
        written = client.set_configuration_setting(ConfigurationSetting(key="a", value="b"))

    assert written.value == "b"
