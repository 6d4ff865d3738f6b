"""Makes a cloud folder: keys, an empty signed registry, `cloud.toml`."""

import shutil
from pathlib import Path

from linewatch.cloud.config import CONFIG_NAME, load_cloud, template
from linewatch.cloud.errors import RegistryUnwritable, WrongUse
from linewatch.cloud.registry.durable import make_folders, write_whole
from linewatch.cloud.registry.keys import make_keys
from linewatch.cloud.registry.repository import Repository
from linewatch.protos.staging import sync_folder

_GITIGNORE = b"# Private keys and data stay here.\n/keys/\n/data/\n"
_STAGING = ".partial"


def set_up(folder: Path, site: str) -> bool:
    """Make the cloud folder `folder`. False where one is there already; nothing is changed then.

    Nothing that exists is written over: the folder must be new or empty. `cloud.toml` comes last and marks it as whole.

    Raises:
        WrongUse: `folder` holds something else, or `site` is not a name.
        RegistryUnwritable: the disk refused.
    """
    text = template(site)
    if (folder / CONFIG_NAME).exists():
        return False
    if folder.exists() and (not folder.is_dir() or {path.name for path in folder.iterdir()} - {_STAGING}):
        raise WrongUse(f"{folder} is not an empty folder; choose another one with --dir")
    make_folders(folder)
    staging = folder / _STAGING
    try:
        shutil.rmtree(staging, ignore_errors=True)
        _fill(staging, text)
        for path in sorted(staging.iterdir(), key=lambda path: path.name == CONFIG_NAME):
            path.rename(folder / path.name)
        sync_folder(folder)
    except OSError as error:
        raise RegistryUnwritable(f"cannot make {folder}: {error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return True


def check_site(folder: Path, site: str) -> None:
    """Whether the cloud folder `folder` is for `site`.

    Raises:
        WrongUse: it is for another one.
    """
    known = load_cloud(folder / CONFIG_NAME).site
    if known != site:
        raise WrongUse(f"{folder} is a cloud folder for the site '{known}' already: make one for '{site}' elsewhere")


def _fill(staging: Path, text: str) -> None:
    staging.mkdir()
    write_whole(staging / CONFIG_NAME, text.encode())
    write_whole(staging / ".gitignore", _GITIGNORE)
    (staging / "data").mkdir()
    settings = load_cloud(staging / CONFIG_NAME).registry
    Repository.create(settings, make_keys(settings.keys))
    sync_folder(settings.keys)
    sync_folder(staging)
