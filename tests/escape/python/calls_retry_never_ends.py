# class: calls
# walls: language both
import requests
from urllib3.util.retry import Retry


class Endless(Retry):
    def is_retry(self, *args):
        return True

    def get_backoff_time(self, *args):
        return 0


def transformEvent(event, metadata):
    session = requests.Session()
    policy = Endless(total=None, connect=None, read=None, status=None, allowed_methods=None, status_forcelist=[200])
    session.mount("https://", requests.adapters.HTTPAdapter(max_retries=policy))
    return {"said": str(session.get("https://a.example/"))}
