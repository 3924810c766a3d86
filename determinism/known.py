"""What is known of functions outside the project, by their dotted names.

``()`` stands for what a call returns, so ``pathlib.Path().open`` is the method of an instance.
"""

import sys

from determinism import rules
from determinism.rules import Rule


def _names(prefix: str, names: str) -> list[str]:
    return [f"{prefix}.{name}" for name in names.split()]


_ALLOWED = [
    *_names("os", "path fspath fsencode fsdecode PathLike sep linesep"),
    *_names("os.path", "join basename dirname split splitext normpath isabs commonprefix"),
    *_names("logging", "getLogger Logger LoggerAdapter DEBUG INFO WARNING ERROR CRITICAL"),
    *_names("structlog", "get_logger stdlib.get_logger"),
    *_names("asyncio", "CancelledError TimeoutError"),
    *_names("concurrent.futures", "CancelledError TimeoutError"),
    *_names("http", "HTTPStatus HTTPMethod"),
    *_names("urllib", "parse error"),
    *_names("tempfile", "gettempprefix"),
    *_names("socket", "htons htonl ntohs ntohl inet_aton inet_ntoa"),
    *_names("secrets", "compare_digest"),
    "azure.durable_functions",
    "azure.functions",
    "loguru.logger",
    "random.Random",
    "sqlite3.Row",
]

_LOGGING_METHODS = (
    *("debug", "info", "warning", "warn", "error", "exception", "critical", "log", "fatal"),
)

_FAULTS: dict[Rule, list[str]] = {
    rules.CLOCK: [
        *_names("datetime.datetime", "now utcnow today"),
        *_names("time", "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns"),
        *_names("time", "process_time process_time_ns thread_time thread_time_ns clock_gettime"),
        *_names("time", "clock_gettime_ns localtime gmtime ctime asctime strftime"),
        *_names("pendulum", "now today tomorrow yesterday"),
        *_names("arrow", "now utcnow"),
        *_names("django.utils.timezone", "now localtime localdate"),
        "datetime.date.today",
        "timeit",
    ],
    rules.RANDOM: ["random", "secrets", "numpy.random", "os.urandom", "os.getrandom", "faker"],
    rules.UUID: [*_names("uuid", "uuid1 uuid4 uuid6 uuid7 uuid8 getnode"), "ulid", "shortuuid"],
    rules.ENVIRONMENT: [
        *_names("os", "environ environb getenv getenvb getcwd getcwdb getpid getppid getlogin"),
        *_names("os", "cpu_count uname getuid geteuid getgid times getloadavg"),
        *_names("os.path", "expanduser expandvars abspath realpath"),
        *_names("sys", "argv path executable platform stdin"),
        *_names("socket", "gethostname getfqdn"),
        *_names("pathlib.Path", "cwd home"),
        *_names("locale", "getlocale getdefaultlocale"),
        *_names("time", "tzname timezone altzone daylight"),
        *["platform", "getpass", "dotenv", "decouple", "environs", "pydantic_settings"],
    ],
    rules.IO: [
        *_names("builtins", "open input breakpoint"),
        *_names("pathlib.Path()", "open read_text read_bytes write_text write_bytes exists stat"),
        *_names("pathlib.Path()", "iterdir glob rglob mkdir unlink touch rename replace rmdir"),
        *_names("pathlib.Path()", "is_file is_dir resolve absolute expanduser walk lstat owner"),
        *_names("io", "open FileIO open_code"),
        *_names("os.path", "exists isfile isdir getsize getmtime getatime getctime lexists"),
        *_names("sys", "stdout stderr"),
        *_names("importlib", "import_module reload resources"),
        *["os", "requests", "httpx", "aiohttp", "urllib", "urllib2", "urllib3", "socket", "ssl"],
        *["subprocess", "shutil", "tempfile", "glob", "http.client", "http.server", "smtplib"],
        *["ftplib", "imaplib", "poplib", "telnetlib", "xmlrpc", "socketserver", "sqlite3", "dbm"],
        *["shelve", "fileinput", "webbrowser", "select", "selectors", "mmap", "linecache"],
        *["azure", "msal", "msrest", "opencensus", "pymongo", "redis", "psycopg", "psycopg2"],
        *["pyodbc", "pymssql", "pymysql", "mysql", "asyncpg", "sqlalchemy", "boto3", "botocore"],
        *["google.cloud", "stripe", "openai", "anthropic", "twilio", "sendgrid", "paramiko"],
        *["aiofiles", "kafka", "pika", "grpc", "websockets", "elasticsearch", "slack_sdk"],
    ],
    rules.LOGGING: [
        *["builtins.print", "pprint.pprint", "pprint.pp", "logging", "structlog", "warnings.warn"],
        *[
            f"{logger}.{method}"
            for logger in (
                "logging.getLogger()",
                "logging.Logger()",
                "logging.LoggerAdapter()",
                "structlog.get_logger()",
                "structlog.stdlib.get_logger()",
                "loguru.logger",
            )
            for method in _LOGGING_METHODS
        ],
    ],
    rules.CONCURRENCY: [
        *["threading", "_thread", "multiprocessing", "asyncio", "concurrent.futures", "sched"],
        *["queue", "signal", "trio", "anyio", "gevent", "eventlet", "joblib", "os.fork"],
        *_names("os", "system popen spawnl spawnv posix_spawn execv"),
    ],
    rules.SLEEP: [
        *_names("time", "sleep"),
        *_names("asyncio", "sleep wait_for timeout"),
        *_names("trio", "sleep"),
        *_names("anyio", "sleep"),
        *_names("gevent", "sleep"),
        *["threading.Timer", "threading.Event().wait", "backoff", "tenacity"],
    ],
    rules.HASH: ["builtins.hash", "builtins.id", "sys.getrefcount"],
    rules.STATE: [
        *_names("builtins", "globals"),
        *_names("sys", "modules"),
        *_names("contextvars", "ContextVar"),
        "threading.local",
    ],
}

# Read, and found to compute nothing but its result.
_PURE_PACKAGES = frozenset(
    {
        "annotated_types",
        "attr",
        "attrs",
        "azure",
        "dateutil",
        "jmespath",
        "marshmallow",
        "numpy",
        "pydantic",
        "pydantic_core",
        "pytz",
        "typing_extensions",
    }
)

# Deterministic when called with at least so many arguments: the time or the seed is given.
_GIVEN = {
    "random.Random": 1,
    "time.localtime": 1,
    "time.gmtime": 1,
    "time.ctime": 1,
    "time.asctime": 1,
    "time.strftime": 2,
}

_JUDGEMENTS: dict[str, Rule | None] = dict.fromkeys(_ALLOWED)
_JUDGEMENTS |= {name: rule for rule, names in _FAULTS.items() for name in names}


def judge(name: str) -> Rule | None:
    """The rule that using *name* breaks; the longest known beginning of the name decides."""
    if "()" in name:
        return _JUDGEMENTS.get(name)
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        if prefix in _JUDGEMENTS:
            return _JUDGEMENTS[prefix]
    return None


def judge_call(name: str, arguments: int) -> Rule | None:
    """The rule that calling *name* with so many *arguments* breaks."""
    if name in _GIVEN:
        return None if arguments >= _GIVEN[name] else judge(name) or rules.RANDOM
    rule = judge(name)
    if rule is None and name not in _JUDGEMENTS and is_opaque(name):
        return rules.OPAQUE
    return rule


def is_opaque(name: str) -> bool:
    """Whether nothing is known of the package *name* belongs to."""
    top = name.split(".")[0]
    known = top in sys.stdlib_module_names or top in _PURE_PACKAGES or top == "builtins"
    return not known and "()" not in name and judge(name) is None and not _is_allowed(name)


def _is_allowed(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:n]) in _JUDGEMENTS for n in range(1, len(parts) + 1))
