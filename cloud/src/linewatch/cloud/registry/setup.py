"""Makes a cloud folder: keys, an empty signed registry, `cloud.toml`."""

import os
import shutil
from pathlib import Path

from linewatch.cloud.config import CONFIG_NAME, load_cloud, template
from linewatch.cloud.errors import RegistryUnwritable, WrongUse
from linewatch.cloud.registry.durable import make_folders, sync_folder, write_whole
from linewatch.cloud.registry.keys import make_keys
from linewatch.cloud.registry.repository import Repository

_GITIGNORE = b"# Private keys and data stay here.\n/keys/\n/data/\n"


def set_up(folder: Path, site: str) -> bool:
    """Make the cloud folder `folder`: all of it or nothing. False where one is there already; nothing is changed then.

    Raises:
        WrongUse: `folder` holds something else, or `site` is not a name.
        RegistryUnwritable: the disk refused.
    """
    text = template(site)
    if (folder / CONFIG_NAME).exists():
        return False
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUse(f"{folder} is not an empty folder; choose another one with --dir")
    make_folders(folder.absolute().parent)
    staging = folder.absolute().with_name(f".{folder.name}.{os.getpid()}.partial")
    try:
        _fill(staging, text)
        staging.rename(folder)
        sync_folder(folder.absolute().parent)
    except OSError as error:
        raise RegistryUnwritable(f"cannot make {folder}: {error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return True


def _fill(staging: Path, text: str) -> None:
    staging.mkdir()
    write_whole(staging / CONFIG_NAME, text.encode())
    write_whole(staging / ".gitignore", _GITIGNORE)
    (staging / "data").mkdir()
    settings = load_cloud(staging / CONFIG_NAME).registry
    Repository.create(settings, make_keys(settings.keys))
    sync_folder(settings.keys)
    sync_folder(staging)
