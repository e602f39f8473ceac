"""The modules that user code may import, and every name of each: reviewed data.

The rule for a name to be here: it neither reads nor writes files, network, processes or the environment; it changes nothing
that another version could see; it takes no text that it runs as code or resolves as a name; and no public attribute of what it
returns leads back to the host (names.py). Left out on purpose, with the reason:

    json.load/dump  hashlib.file_digest  base64.encode/decode      work on files
    random module functions of one shared generator                one version could seed another's: every program gets its own
    generator
    calendar.setfirstweekday  decimal.DefaultContext  re.purge     shared state
    string.Formatter  collections.UserString                       format templates, unchecked (CVE-2024-47532, CVE-2026-76825)
    operator.attrgetter/methodcaller                               attributes by name
    functools.singledispatch  typing.get_type_hints                evaluate text of annotations
    functools.wraps/update_wrapper/total_ordering, dataclass       replaced by ones that only touch what user code made
    copy.deepcopy's memo                                           its keys are addresses
    uuid.uuid1/getnode                                             tell about the machine
    time.tzset/clock_settime                                       change the process
    dateutil.tz.tzfile/tzical, zoneinfo.TZPATH                     open files
"""

from __future__ import annotations

from typing import Final

__all__ = ["HANDED_OUT"]

HANDED_OUT: Final[dict[str, str]] = {
    "__future__": "annotations",
    "abc": "ABC abstractmethod",
    "base64": (
        "a85decode a85encode b16decode b16encode b32decode b32encode b32hexdecode b32hexencode b64decode b64encode b85decode "
        "b85encode binascii decodebytes encodebytes standard_b64decode standard_b64encode struct urlsafe_b64decode "
        "urlsafe_b64encode"
    ),
    "binascii": (
        "Error Incomplete a2b_base64 a2b_hex a2b_qp a2b_uu b2a_base64 b2a_hex b2a_qp b2a_uu crc32 crc_hqx hexlify unhexlify"
    ),
    "calendar": (
        "Calendar EPOCH FRIDAY HTMLCalendar IllegalMonthError IllegalWeekdayError MONDAY SATURDAY SUNDAY THURSDAY TUESDAY "
        "TextCalendar WEDNESDAY calendar day_abbr day_name firstweekday isleap leapdays month month_abbr month_name "
        "monthcalendar monthrange timegm week weekday weekheader"
    ),
    "collections": "ChainMap Counter OrderedDict UserDict UserList abc defaultdict deque namedtuple",
    "collections.abc": (
        "Callable Collection Container Generator Hashable ItemsView Iterable Iterator KeysView Mapping MappingView "
        "MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized ValuesView"
    ),
    "copy": "Error copy deepcopy",
    "dataclasses": "FrozenInstanceError MISSING asdict astuple dataclass field fields is_dataclass replace",
    "datetime": "MAXYEAR MINYEAR UTC date datetime time timedelta timezone tzinfo",
    "dateutil": "easter parser relativedelta rrule tz utils",
    "dateutil.easter": "EASTER_JULIAN EASTER_ORTHODOX EASTER_WESTERN easter",
    "dateutil.parser": "ParserError UnknownTimezoneWarning isoparse isoparser parse parser parserinfo",
    "dateutil.relativedelta": "FR MO SA SU TH TU WE relativedelta weekday",
    "dateutil.rrule": (
        "DAILY FR HOURLY MINUTELY MO MONTHLY SA SECONDLY SU TH TU WE WEEKLY YEARLY rrule rruleset rrulestr weekday"
    ),
    "dateutil.tz": "UTC datetime_ambiguous datetime_exists gettz resolve_imaginary tzlocal tzoffset tzrange tzstr tzutc",
    "dateutil.utils": "default_tzinfo today within_delta",
    "decimal": (
        "Clamped Context ConversionSyntax Decimal DecimalException DecimalTuple DivisionByZero DivisionImpossible "
        "DivisionUndefined FloatOperation Inexact InvalidContext InvalidOperation MAX_EMAX MAX_PREC MIN_EMIN MIN_ETINY "
        "Overflow ROUND_05UP ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP "
        "Rounded Subnormal Underflow getcontext localcontext setcontext"
    ),
    "enum": "Enum Flag IntEnum IntFlag StrEnum auto unique",
    "fractions": "Fraction",
    "functools": "cache cached_property cmp_to_key lru_cache partial reduce total_ordering update_wrapper wraps",
    "hashlib": (
        "algorithms_available algorithms_guaranteed blake2b blake2s md5 new pbkdf2_hmac scrypt sha1 sha224 sha256 sha384 "
        "sha3_224 sha3_256 sha3_384 sha3_512 sha512 shake_128 shake_256"
    ),
    "hmac": "HMAC compare_digest digest new",
    "html": "escape unescape",
    "ipaddress": (
        "AddressValueError IPv4Address IPv4Interface IPv4Network IPv6Address IPv6Interface IPv6Network NetmaskValueError "
        "collapse_addresses get_mixed_type_key ip_address ip_interface ip_network summarize_address_range v4_int_to_packed "
        "v6_int_to_packed"
    ),
    "itertools": (
        "accumulate batched chain combinations combinations_with_replacement compress count cycle dropwhile filterfalse "
        "groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest"
    ),
    "json": "JSONDecodeError JSONDecoder JSONEncoder decoder dumps encoder loads",
    "json.decoder": "JSONDecodeError JSONDecoder",
    "json.encoder": "JSONEncoder",
    "math": (
        "acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2 expm1 fabs "
        "factorial floor fma fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp lgamma log "
        "log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt sumprod tan tanh tau trunc ulp"
    ),
    "operator": (
        "add and_ concat contains countOf eq floordiv ge getitem gt index indexOf inv invert is_ is_not itemgetter le lshift "
        "lt matmul mul ne neg not_ or_ pos pow rshift sub truediv truth xor"
    ),
    "random": (
        "Random SystemRandom betavariate choice choices expovariate gammavariate gauss getrandbits getstate lognormvariate "
        "normalvariate paretovariate randbytes randint random randrange sample seed setstate shuffle triangular uniform "
        "vonmisesvariate weibullvariate"
    ),
    "re": (
        "A ASCII DOTALL I IGNORECASE L LOCALE M MULTILINE Match NOFLAG Pattern RegexFlag S U UNICODE VERBOSE X compile error "
        "escape findall finditer fullmatch match search split sub subn"
    ),
    "statistics": (
        "NormalDist StatisticsError correlation covariance fmean geometric_mean harmonic_mean linear_regression mean median "
        "median_grouped median_high median_low mode multimode pstdev pvariance quantiles stdev variance"
    ),
    "string": (
        "Template ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable punctuation "
        "whitespace"
    ),
    "struct": "Struct calcsize error iter_unpack pack pack_into unpack unpack_from",
    "textwrap": "TextWrapper dedent fill indent shorten wrap",
    "time": (
        "altzone asctime ctime daylight gmtime localtime mktime monotonic monotonic_ns perf_counter perf_counter_ns "
        "process_time process_time_ns sleep strftime strptime struct_time thread_time time time_ns timezone tzname"
    ),
    "typing": "*",
    "unicodedata": (
        "bidirectional category combining decimal decomposition digit east_asian_width is_normalized lookup mirrored name "
        "normalize numeric unidata_version"
    ),
    "urllib": "parse",
    "urllib.parse": (
        "DefragResult DefragResultBytes ParseResult ParseResultBytes SplitResult SplitResultBytes parse_qs parse_qsl quote "
        "quote_from_bytes quote_plus unquote unquote_plus unquote_to_bytes urldefrag urlencode urljoin urlparse urlsplit "
        "urlunparse urlunsplit"
    ),
    "uuid": (
        "NAMESPACE_DNS NAMESPACE_OID NAMESPACE_URL NAMESPACE_X500 RESERVED_FUTURE RESERVED_MICROSOFT RESERVED_NCS RFC_4122 "
        "SafeUUID UUID uuid3 uuid4 uuid5"
    ),
    "zoneinfo": "InvalidTZPathWarning ZoneInfo ZoneInfoNotFoundError available_timezones",
}
"""Module → the names that it hands out. Names that this version of Python does not have are left out."""
