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
from alerts.channels.zalo_bot import ZaloBotChannel
from alerts.channels.zalo_oa import ZaloOaChannel
from alerts.channels.zbs import ZbsChannel

CHANNELS: Final[Mapping[str, Callable[[Any], Channel]]] = MappingProxyType(
    {
        "email": EmailChannel,  # EmailConfig
        "file": FileChannel,  # FileConfig
        "webhook": WebhookChannel,  # WebhookConfig
        "zalo_bot": ZaloBotChannel,  # ZaloBotConfig
        "zalo_oa": ZaloOaChannel,  # ZaloOaConfig
        "zbs": ZbsChannel,  # ZbsConfig
        "mqtt": MqttChannel,  # MqttConfig
        "apprise": AppriseChannel,  # AppriseConfig
    }
)
"""Channel name -> what builds it from its config."""
