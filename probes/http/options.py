"""Options and metrics of `http`."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from yarl import URL

from probes import certificate
from probes.http.json_path import parse_path
from probes.kind import Metric
from probes.trust import TlsVerification

JSON_BYTES_MAX = 262_144
"""Parsing JSON holds the loop up: this much of the worst takes some 20 ms, four times as much six times as long."""
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
_FRAMING_HEADERS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
)

METRICS = {
    "dns_s": Metric(
        "thời gian phân giải tên",
        "Look-up of the host's (or proxy's) name, after redirects of the last; missing for an IP address",
    ),
    "connect_s": Metric(
        "thời gian kết nối", "TCP handshake with the host (or proxy), after redirects with the last"
    ),
    "tls_s": Metric(
        "thời gian bắt tay TLS", "TLS handshake, after redirects with the last host; missing without TLS"
    ),
    "first_byte_s": Metric(
        "thời gian tới byte đầu", "From the start, redirects included, to the end of the last answer's header"
    ),
    "body_s": Metric("thời gian tải nội dung", "From the end of the header to the end of the body"),
    "total_s": Metric("thời gian trả lời", "From the start, redirects included, to the end of the body"),
    "http_status": Metric("mã trạng thái HTTP", "Status code of the answer"),
    "body_bytes": Metric("kích thước nội dung", "Bytes of the body after decompression"),
    "redirects": Metric("số lần chuyển hướng", "Redirects that were followed; missing when none may be"),
    **certificate.METRICS,
}


def status_ranges(text: str) -> list[tuple[int, int]]:
    """Parse `200-299,401` into inclusive ranges; ValueError when it is not of that form."""
    ranges = []
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        ranges.append((int(low), int(high if dash else low)))
    return ranges


def _check_statuses(text: str) -> str:
    try:
        ranges = status_ranges(text)
    except ValueError:
        ranges = []
    # RFC 9110 15: status codes.
    if not ranges or any(not 100 <= low <= high <= 599 for low, high in ranges):  # noqa: PLR2004
        raise ValueError("cần mã trạng thái hoặc khoảng mã từ 100 đến 599, ví dụ 200-299,401")
    return text


def _check_path(text: str) -> str:
    parse_path(text)
    return text


def _check_proxy(text: str) -> str:
    try:
        URL(text)
    except ValueError:
        raise ValueError("cần proxy dạng http://máy:cổng, cổng từ 1 đến 65535") from None
    return text


def _as_tuple(value: object) -> object:
    """Take one text for a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Keyword = Annotated[str, Field(min_length=1, max_length=200)]
Keywords = Annotated[tuple[Keyword, ...], BeforeValidator(_as_tuple), Field(max_length=20)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$")]
HeaderText = Annotated[str, Field(pattern=r"^[ -~]{0,512}$")]
SecretName = Annotated[str, Field(min_length=1, max_length=64)]
MetricName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
JsonPath = Annotated[str, Field(max_length=200), AfterValidator(_check_path)]
JsonValue = bool | int | float | Annotated[str, Field(max_length=200)] | None


class HttpOptions(TlsVerification):
    """Options of `http`. The address is a URL (http or https); its user-info is sent as basic authentication.

    A redirect leads nowhere that `probes.allowed` of the settings does not allow. Credentials, headers and
    `host_header` are for the first host only; redirects are followed to no more private address than its own. An answer of 403, 406, 429 or 503 that bears the marks of a WAF (a filter that guards a web
    server), a captcha or a rate limit is `blocked`: the probe was turned away, which tells nothing of the service.
    """

    method: Literal["GET", "HEAD"] = "GET"
    """Request method."""
    expected_statuses: Annotated[str, AfterValidator(_check_statuses)] = "200-399"
    """Status codes that are fine: numbers and ranges with commas between, such as `200-299,401`."""
    keyword: Keywords = ()
    """Plain text, or a list of texts that must all occur in the body, upper and lower case as written. Default: none."""
    forbidden_keyword: Keywords = ()
    """Plain text, or a list of texts of which none may occur in the body. Default: none."""
    expected_headers: Annotated[dict[HeaderName, HeaderText], Field(max_length=20)] = {}  # noqa: RUF012 (pydantic copies defaults)
    """Header of the answer -> plain text that must occur in it; an empty text: the header must be there."""
    forbidden_headers: Annotated[dict[HeaderName, HeaderText], Field(max_length=20)] = {}  # noqa: RUF012 (pydantic copies defaults)
    """Header of the answer -> plain text that must not occur in it; an empty text: it must not be there."""
    expected_json: Annotated[dict[JsonPath, JsonValue], Field(max_length=20)] = {}  # noqa: RUF012 (pydantic copies defaults)
    """Path in the JSON body -> value it must have: `data.services[0].state: "ok"`; a key with a dot in it is written
    `["a.b"]`, the last of a list `[-1]`."""
    json_metrics: Annotated[dict[MetricName, JsonPath], Field(max_length=20)] = {}  # noqa: RUF012 (pydantic copies defaults)
    """Metric name -> path of a number in the JSON body; true is 1, false is 0, null is no measurement."""
    max_body_bytes: Annotated[int, Field(ge=1, le=16_777_216)] = 262_144
    """Largest body in bytes after decompression, at most 262144 for JSON; a larger one is an unexpected answer."""
    max_redirects: Annotated[int, Field(ge=0, le=3)] = 0
    """Redirects to follow; with 0 a redirect is itself the answer that is judged."""
    same_host: bool = False
    """Whether a redirect to another host is an unexpected answer, followed or not."""
    request_headers: Annotated[dict[HeaderName, HeaderText], Field(max_length=20)] = {}  # noqa: RUF012 (pydantic copies defaults)
    """Headers to send, to the first host only. Secrets are not written here."""
    header_secrets: Annotated[dict[HeaderName, SecretName], Field(max_length=5)] = {}  # noqa: RUF012 (pydantic copies defaults)
    """Header to send, to the first host only -> name of the secret that is its whole value."""
    host_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+(:[0-9]{1,5})?$", max_length=253)] | None = (
        None
    )
    """Host name to ask for when the URL has an IP address or another name: in the Host header and in TLS (SNI, certificate).
    Default: the URL's."""
    proxy: (
        Annotated[
            str,
            Field(pattern=r"^http://[A-Za-z0-9._-]+(:[0-9]{1,5})?/?$", max_length=253),
            AfterValidator(_check_proxy),
        ]
        | None
    ) = None
    """Proxy to ask through: `http://host:port`. It looks names up; redirects then stay on the host. Default: none."""
    proxy_secret: SecretName | None = None
    """Name of the secret `user:password` for the proxy. Default: none."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS) | frozenset(self.json_metrics)

    def secrets(self) -> frozenset[str]:
        """Names of the secrets these options refer to."""
        proxy = () if self.proxy_secret is None else (self.proxy_secret,)
        return frozenset((*self.header_secrets.values(), *proxy))

    @property
    def reads_json(self) -> bool:
        """Whether the body must be JSON."""
        return bool(self.expected_json or self.json_metrics)

    @property
    def reads_body(self) -> bool:
        """Whether something is expected of the body."""
        return self.reads_json or bool(self.keyword or self.forbidden_keyword)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        taken = METRICS.keys() & self.json_metrics.keys()
        if taken:
            raise ValueError(f"json_metrics dùng tên số đo đã có: {', '.join(sorted(taken))}")
        if self.reads_json and self.max_body_bytes > JSON_BYTES_MAX:
            raise ValueError(f"với JSON, max_body_bytes không được quá {JSON_BYTES_MAX}")
        if self.reads_body and self.method == "HEAD":
            raise ValueError("method HEAD không có nội dung để kiểm tra")
        if self.proxy_secret is not None and self.proxy is None:
            raise ValueError("proxy_secret cần có proxy")
        if set(self.keyword) & set(self.forbidden_keyword):
            raise ValueError("cùng một từ vừa ở keyword vừa ở forbidden_keyword")
        self._check_headers()
        self._check_answer_headers()
        return self

    def _check_headers(self) -> None:
        plain, secret = (
            {name.lower() for name in names} for names in (self.request_headers, self.header_secrets)
        )
        if plain & _SECRET_HEADERS:
            raise ValueError(
                "Authorization và Cookie phải nằm trong header_secrets, không viết rõ ở request_headers"
            )
        if "proxy-authorization" in secret:
            raise ValueError("tài khoản của proxy phải nằm trong proxy_secret")
        if (plain | secret) & _FRAMING_HEADERS:
            raise ValueError(f"không đặt được các tiêu đề: {', '.join(sorted(_FRAMING_HEADERS))}")
        if plain & secret:
            raise ValueError(
                f"tiêu đề vừa ở request_headers vừa ở header_secrets: {', '.join(sorted(plain & secret))}"
            )

    def _check_answer_headers(self) -> None:
        forbidden = {name.lower(): text for name, text in self.forbidden_headers.items()}
        for name, text in self.expected_headers.items():
            if name.lower() in forbidden and forbidden[name.lower()] in text:
                raise ValueError(f"tiêu đề {name} vừa phải có vừa không được có")
