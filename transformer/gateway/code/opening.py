"""The source of code that the settings ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from transformer.addresses import http_base
from transformer.gateway.code.kept import KeptDocuments
from transformer.gateway.code.registered import RegistryCode
from transformer.gateway.code.sources import CodeSource
from transformer.observe import Logger
from transformer.places import beside
from transformer.registry.disk import cache_folder
from transformer.service.planning import Planner
from transformer.settings import Settings, SettingsError

if TYPE_CHECKING:
    from transformer.gateway.code.backend import ConfigBackend

__all__ = ["open_source"]


def open_source(settings: Settings, planner: Planner, log: Logger) -> CodeSource:
    """Where code comes from. To be started, and closed, by whoever opens it.

    Raises:
        SettingsError: what the settings say of the config backend cannot be.
    """
    backend = _backend(settings, log) if settings.config_backend_url else None
    if backend is None and settings.gateway_code == "backend":
        raise SettingsError("gateway_code: backend needs config_backend_url")
    if backend is None or settings.gateway_code == "registry":
        return RegistryCode(planner, backend)
    return backend


def _backend(settings: Settings, log: Logger) -> ConfigBackend:
    try:
        url = http_base(settings.config_backend_url)
    except ValueError as wrong:
        raise SettingsError(f"config_backend_url: {wrong}") from None
    from transformer.gateway.code.backend import ConfigBackend  # who has none starts without what speaks HTTP

    def tell(trouble: str) -> None:
        if trouble:
            log.warning("config backend in trouble", reason=trouble, meanwhile="known versions are served")
        else:
            log.info("config backend works again")

    return ConfigBackend(
        settings.config_backend_url,
        settings.config_backend_secret.get_secret_value(),
        seconds=settings.config_backend_seconds,
        document_bytes=settings.config_backend_bytes,
        cache_bytes=settings.gateway_code_bytes,
        kept=_kept(settings, str(url.with_user(None))),
        tell=tell,
    )


def _kept(settings: Settings, place: str) -> KeptDocuments | None:
    """Beside the registry's own copies. Beside a file, no folder is made but this one."""
    file = beside(settings.database_url, "") if settings.database_url.startswith("sqlite") else None
    folder = cache_folder(settings.cache_dir, f"config backend {place}", file)
    if folder is None:
        return None
    parents = file is None or folder.parent != file.parent
    return KeptDocuments(Path(f"{folder}-documents"), settings.cache_bytes, parents=parents)
