"""Databases of geolocation for tests, written here: nobody's data is in the repository."""

from mmdb_writer import MMDBWriter
from netaddr import IPSet

CITY = {
    "city": {"names": {"en": "Springfield", "de": "Springfeld"}},
    "continent": {"code": "NA", "names": {"en": "North America"}},
    "country": {"iso_code": "US", "names": {"en": "United States"}},
    "location": {"latitude": 39.8, "longitude": -89.65, "time_zone": "America/Chicago"},
    "postal": {"code": "62701"},
    "subdivisions": [{"iso_code": "IL", "names": {"en": "Illinois"}}],
}
COUNTRY = {"country": {"iso_code": "DE", "names": {"en": "Germany"}}}
FLAT = {"city": "Lyon", "region": "Rhone", "country": "FR", "loc": "45.7,4.8", "postal": "69000", "timezone": "Europe/Paris"}


def write(path, networks, version=6):
    """A database of {network: record}."""
    writer = MMDBWriter(version, "Test-City", languages=["en"], description="made by a test", ipv4_compatible=version == 6)
    for network, record in networks.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path
