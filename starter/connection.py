"""The way to the Temporal server: Temporal's own client configuration, our converter, a short patience.

`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`, `TEMPORAL_CONFIG_FILE` and their like mean here what they
mean to every other client. Must never retry for ever: a person is waiting.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from urllib.parse import quote

from temporalio.client import Client
from temporalio.envconfig import ClientConfig, ClientConnectConfig

from starter.gateway import Gateway, ServerUnreachable
from starter.settings import BadSettings, Settings
from starter.whereabouts import ui_of
from workflows.conversion import DATA_CONVERTER

ADDRESS = "127.0.0.1:7233"
NAMESPACE = "default"
_CAUSE = re.compile(r'(?:message|error): "([^"]+)"')
"""Where the engine's long error says what happened."""


async def connect(settings: Settings) -> Client:
    """Raises ServerUnreachable with the address, BadSettings when the configuration cannot be read."""
    config = configured()
    try:
        return await asyncio.wait_for(Client.connect(**config, data_converter=DATA_CONVERTER), settings.connect_timeout)
    except (RuntimeError, OSError, ValueError) as error:
        raise ServerUnreachable(_unreachable(config, error, settings.connect_timeout)) from error


async def gateway(settings: Settings) -> Gateway:
    """A gateway that is connected. Raises as `connect` does."""
    return Gateway(await connect(settings), settings.catalog())


def configured() -> ClientConnectConfig:
    """Temporal's client configuration with our defaults. Raises BadSettings.

    TRAP: Temporal takes a file that is not there for an empty one, and would talk to the default address.
    """
    file = os.environ.get("TEMPORAL_CONFIG_FILE", "")
    if file and not Path(file).is_file():
        raise BadSettings(f"TEMPORAL_CONFIG_FILE '{file}': no such file; correct it, or unset it for the defaults")
    try:
        config = ClientConfig.load_client_connect_config()
    except (RuntimeError, OSError, ValueError) as error:
        raise BadSettings(
            f"the client configuration of Temporal cannot be read: {_first_line(error)}; "
            f"look at TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE and the other TEMPORAL_ variables"
        ) from error
    return {"target_host": ADDRESS, "namespace": NAMESPACE, **config}


def history_address(settings: Settings, client: Client, workflow_id: str, run_id: str) -> str:
    """Where the Temporal UI shows one run."""
    place = f"namespaces/{quote(client.namespace, safe='')}/workflows/{quote(workflow_id, safe='')}"
    address = f"{ui_of(settings, client.service_client.config.target_host)}/{place}"
    return f"{address}/{run_id}/history" if run_id else address


def _unreachable(config: ClientConnectConfig, error: Exception, seconds: float) -> str:
    why = f"no answer within {seconds:g} s" if isinstance(error, TimeoutError) else _cause(error)
    return (
        f"no Temporal server at {config['target_host']} ({why}); start one with 'rung up', "
        f"or set TEMPORAL_ADDRESS to yours"
    )


def _cause(error: Exception) -> str:
    found = _CAUSE.findall(str(error))
    return str(found[-1])[:200] if found else _first_line(error)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
