"""Ways to tell people. CHANNELS is the one place that names them all."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from alerts.channels.apprise import AppriseChannel
from alerts.channels.base import Channel
from alerts.channels.email import EmailChannel
from alerts.channels.file import FileChannel
from alerts.channels.mqtt import MqttChannel
from alerts.channels.webhook import WebhookChannel

CHANNELS: Final[Mapping[str, Callable[[Any], Channel]]] = MappingProxyType(
    {
        "email": EmailChannel,  # EmailConfig
        "file": FileChannel,  # FileConfig
        "webhook": WebhookChannel,  # WebhookConfig
        "mqtt": MqttChannel,  # MqttConfig
        "apprise": AppriseChannel,  # AppriseConfig
    }
)
"""Channel name -> what builds it from its config."""
