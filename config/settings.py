"""Every setting, from the environment; `.env.example` explains each.

SQLite, a private broker and letters in a folder are the defaults, so that one command runs
everything. `DATABASE_URL`, `REDIS_URL` and `EMAIL_URL` switch to the real parts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.application_settings import application_settings
from config.environment import Environment, address, postgres_session, with_password
from config.retention_periods import retention_periods

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
if (BASE_DIR / ".env").is_file():
    env.read_env(str(BASE_DIR / ".env"))

DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR can't be made: {error.strerror}") from None
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
_public = env.converted(
    "PUBLIC_BASE_URL", address, default=PUBLIC_BASE_URL, like="https://termin.example.de"
)
if _public.scheme not in {"http", "https"} or not _public.hostname:
    raise ImproperlyConfigured(
        "PUBLIC_BASE_URL needs a scheme and a host, like https://termin.example.de"
    )
if any((_public.path.rstrip("/"), _public.query, _public.fragment, _public.username)):
    raise ImproperlyConfigured(
        "PUBLIC_BASE_URL ends with the host: the site is at / and nowhere below"
    )
HTTPS = _public.scheme == "https"
PUBLIC_HOST = _public.hostname
LOOPBACK = _public.hostname in {"127.0.0.1", "localhost", "::1"}

# A key that everybody knows is no key: only a loopback demonstration may run without its own.
_DEMO_KEY = "" if HTTPS else "only-for-a-demonstration-on-loopback-never-for-people-000000"
SECRET_KEY = env.str("SECRET_KEY", default=_DEMO_KEY)
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY (or SECRET_KEY_FILE) needs at least 50 characters")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Person keys and limits outlive a rotation of SECRET_KEY, so they have a key of their own.
PERSON_KEY_SECRET = env.str("PERSON_KEY_SECRET", default=SECRET_KEY)

# Whoever asks whether a process is well asks it on loopback.
ALLOWED_HOSTS = [
    *env.list("ALLOWED_HOSTS", default=[_public.hostname]),
    "localhost",
    "127.0.0.1",
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
# The address of the visitor is what the last trusted proxy wrote; 0 means no proxy.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES must be 0 or more")

# Whoever collects /metrics shows this token; without one, only a loopback deployment shows them.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

INSTALLED_APPS = [
    "config.foundation",
    "eligibility",
    "documents",
    "documents.applications",
    "booking",
    "pickup_box",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.humanize",  # allauth's list of security keys loads it
    "csp",
    "crispy_forms",
    "auditlog",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "config.apps.ConfigConfig",  # last: it takes back what others registered in the admin
]

MIDDLEWARE = [
    "config.middleware.headers.Headers",
    "config.operations.request_metrics.RequestMetrics",
    "config.middleware.malformed_requests.Malformed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.accounts.sessions.LimitedSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    # inside of what writes the length of an answer
    "config.middleware.problem_pages.problem_pages",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.foundation.language_switch.LanguageSwitch",  # behind the check of the token
    "django.contrib.messages.middleware.MessageMiddleware",
    # Users exist under /admin/ and /accounts/ only; see config.accounts.sign_in.
    "config.accounts.sign_in.StaffAuthentication",
    "config.accounts.sign_in.StaffSessions",
    "config.accounts.sign_in.StaffAudit",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.middleware.context.page",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "kern"
CRISPY_TEMPLATE_PACK = "kern"
CRISPY_FAIL_SILENTLY = False

# --- database -----------------------------------------------------------------------------------
_SQLITE = f"sqlite:///{DATA_DIR / 'soforttermin.sqlite3'}"
_POSTGRES = "postgres://name:password@host:5432/name"
_database: dict[str, Any] = env.converted(
    "DATABASE_URL", env.db_url_config, default=_SQLITE, like=_POSTGRES
)
if _database.get("ENGINE") not in {"django.db.backends.postgresql", "django.db.backends.sqlite3"}:
    raise ImproperlyConfigured(f"DATABASE_URL is no address like {_POSTGRES}")
DATABASES = {"default": _database}
_database["PASSWORD"] = _database.get("PASSWORD") or env.str("DATABASE_PASSWORD", default="")
_database["ATOMIC_REQUESTS"] = False
_pooled = env.bool("DATABASE_BEHIND_PGBOUNCER", default=False)
# the pooler keeps connections, and counts ours as busy as long as we keep one
_connection_seconds = env.int("DATABASE_CONN_MAX_AGE", default=0 if _pooled else 60)
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["OPTIONS"] = {
        # A deferred transaction that starts to write dies at once with "database is locked";
        # an immediate one waits its turn. FULL: a booking must survive a power cut.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    _database["CONN_MAX_AGE"] = _connection_seconds
    _database["CONN_HEALTH_CHECKS"] = True
    _database["DISABLE_SERVER_SIDE_CURSORS"] = _pooled
    _database["OPTIONS"] = {**_database.get("OPTIONS", {}), **postgres_session(pooled=_pooled)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- languages and time -------------------------------------------------------------------------
LANGUAGE_CODE = "de"
LANGUAGES = [
    ("de", _("German")),
    ("en", _("English")),
    ("ar", _("Arabic")),
    ("uk", _("Ukrainian")),
    ("ru", _("Russian")),
    ("fa", _("Persian")),
    ("tr", _("Turkish")),
    ("fr", _("French")),
    ("vi", _("Vietnamese")),
    ("de-simple", _("Simple German")),
]
# Leichte Sprache has texts of its own and falls back to German; `simple` is a registered subtag.
LANG_INFO["de-simple"] = {
    "bidi": False,
    "code": "de-simple",
    "name": "Simple German",
    "name_local": "Leichte Sprache",
}
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE: Literal["Lax"] = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS

# Where a flaw is reported: "mailto:…" or "https://…", shown in security.txt.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="")

# --- staff sign-in ------------------------------------------------------------------------------
AUTH_USER_MODEL = "foundation.Staff"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    # signs nobody in: adds the rights that a team lead handed on
    "config.accounts.substitutes.SubstituteBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
# A sign-in page on the internet needs two locks; a demonstration on loopback has one.
SECOND_FACTOR_REQUIRED = HTTPS
ACCOUNT_ADAPTER = "config.accounts.sign_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme
# allauth counts in a cache, by the name of the host as well; accounts.sign_in_limits uses rows.
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
ACCOUNT_FORMS = {"change_password": "config.accounts.sign_in_forms.ChangePasswordForm"}
MFA_FORMS = {
    "authenticate": "config.accounts.sign_in_forms.AuthenticateForm",
    "reauthenticate": "config.accounts.sign_in_forms.ReauthenticateForm",
    "activate_totp": "config.accounts.sign_in_forms.ActivateTOTPForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# A provider of the office may stand in for the password: it makes no accounts and gives no roles,
# and the second factor stays (config.accounts.single_sign_on).
SSO_SERVER = env.str("SSO_SERVER", default="").rstrip("/")
SSO_ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(SSO_SERVER))
if SSO_SERVER:
    _SSO_APPS = ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
    INSTALLED_APPS[-1:-1] = _SSO_APPS  # before what takes back their pages in the admin
SSO_CLIENT_SECRET = env.str("SSO_CLIENT_SECRET", default="")
_PROVIDER = {
    "provider_id": "office",
    "name": env.str("SSO_NAME", default="Single Sign-on"),
    "client_id": env.str("SSO_CLIENT_ID", default="soforttermin"),
    "secret": SSO_CLIENT_SECRET,
    "settings": {"server_url": SSO_SERVER},
}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [_PROVIDER]}}
SOCIALACCOUNT_ADAPTER = "config.accounts.single_sign_on.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_TOTP_ISSUER = "Soforttermin"
MFA_TOTP_TOLERANCE = 1
AUDITLOG_DISABLE_REMOTE_ADDR = True
# Nothing is kept in a cache, and so nothing is unpickled: limits and used codes are rows.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- cookies, headers ---------------------------------------------------------------------------
_HOST = "__Host-" if HTTPS else ""
SESSION_ENGINE = "config.accounts.sessions"
SESSION_COOKIE_NAME = f"{_HOST}session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 24 * 3600
CSRF_COOKIE_NAME = f"{_HOST}csrftoken"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "config.middleware.headers.MessageCookie"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
# "no-referrer" would make browsers send `Origin: null` with every form, and Django refuse it.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # a browser follows a form to the provider only if it stands here
        "form-action": [SELF, SSO_ORIGIN] if SSO_SERVER else [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 30
FILE_UPLOAD_HANDLERS = ["config.foundation.uploads.RefuseFiles"]

# --- static files -------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / (env.str("STATIC_ROOT", default="") or DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"
# Every page shows the office and its notice; see config.foundation.office.
OFFICE_MEMORY_SECONDS = 2
# a request that takes longer hangs: config.operations.overdue_requests
REQUEST_SECONDS = env.int("REQUEST_SECONDS", default=60)

RETENTION = retention_periods(env)
APPLICATIONS = application_settings(env, data_dir=DATA_DIR, is_demonstration=DEBUG and LOOPBACK)

# --- letters ------------------------------------------------------------------------------------
if env.str("EMAIL_URL", default=""):
    _email: dict[str, Any] = env.converted(
        "EMAIL_URL",
        env.email_url_config,
        default="",
        like="smtp+tls://user:password@mail.example.de:587",
    )
    if _email["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
        _email["EMAIL_BACKEND"] = "config.foundation.smtp.EmailBackend"
    vars().update(_email)
else:
    EMAIL_BACKEND = "config.foundation.email_files.EmailBackend"
EMAIL_TIMEOUT = 15  # to connect and be greeted; then config.foundation.smtp says how long to wait
# Short messages go through one adapter (config.foundation.sms).
SMS_URL = env.str("SMS_URL", default="")
SMS_TOKEN = env.str("SMS_TOKEN", default="")
SMS_SENDER = env.str("SMS_SENDER", default="")
_sms_is_safe = SMS_URL.startswith(("https://", "http://127.0.0.1:", "http://localhost:"))
if SMS_URL and not (_sms_is_safe and SMS_TOKEN):
    raise ImproperlyConfigured("SMS_URL needs https:// and SMS_TOKEN (or SMS_TOKEN_FILE)")
SMS_PREFIXES = env.phone_prefixes("SMS_PREFIXES", default="+49")  # of who is reminded
SMS_GATEWAY = env.str(
    "SMS_GATEWAY", default=f"config.foundation.sms.{'Http' if SMS_URL else 'File'}Gateway"
)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"soforttermin@{_public.hostname}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Where letters come back that can't be delivered, and how that mailbox is read (config.checks).
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")
BOUNCE_IMAP_URL = env.str("BOUNCE_IMAP_URL", default="")

# --- Celery -------------------------------------------------------------------------------------
# The database says what is due and beat only says when to look: a lost broker loses nothing.
# `manage.py run` starts a private Valkey and names it here; elsewhere the usual address is meant.
REDIS_URL = with_password(env.str("REDIS_URL", default=""), env.str("REDIS_PASSWORD", default=""))
CELERY_BROKER_URL = REDIS_URL or "redis://127.0.0.1:6379/0"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "retry_on_timeout": False,
    # several offices may share one broker
    "global_keyprefix": env.str("BROKER_KEY_PREFIX", default=""),
}
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: it comes back some day
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30.0
# Nobody orders the worker by the broker, and it listens to no channel there that a dying broker
# takes away: closing one has ended a whole worker (celery/kombu#582).
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BEAT_SCHEDULER = "config.operations.beat_scheduler:Scheduler"

# --- logs: what happened to which row, never to whom; config.operations.error_reports ------------
SENTRY_DSN = env.str("SENTRY_DSN", default="")
LOG_FORMAT = env.choice("LOG_FORMAT", {"line": "line", "json": "json"}, default="line")
_LEVELS = {name: name for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"chosen": {"()": "config.operations.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
    # Django's own would mail the text of errors to ADMINS.
    # A refusal is no warning, and the access log has it: a rush would write thousands of lines.
    "loggers": {"django": {"handlers": [], "level": "INFO"}, "django.request": {"level": "ERROR"}},
    "root": {"handlers": ["console"], "level": env.choice("LOG_LEVEL", _LEVELS, default="INFO")},
}
