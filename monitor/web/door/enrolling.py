"""What a page shows to set up a second factor."""

from collections.abc import Mapping

import segno

from monitor.people.second_factor import enrolment_uri


def enrolment(secret: str, account: str, province: str) -> Mapping[str, str]:
    """Return the QR code as an image within the page, and the secret for who types it."""
    uri = enrolment_uri(secret, account, f"Giám sát {province}")
    return {
        "qr": segno.make(uri, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff"),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }
