"""What the long benches have in common: their bundle, and where their records go."""

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.record import Record, write_results


def bundle_or_sample(bundle: Path | None) -> Path:
    """The bundle that was named, or one of the sample pictures, compiled anew."""
    if bundle is not None:
        return bundle
    from bench.run import sample

    return sample().bundle.folder


def conclude(records: Sequence[Record], path: Path) -> int:
    """Write the records to `path` and show them; gives the exit code, 1 where a goal was not met."""
    path.parent.mkdir(exist_ok=True)
    if records:
        write_results(records, path)
    for record in records:
        sys.stderr.write(f"{record.name}: {record.value:.6g} {record.unit} {record.goal} {record.met or ''}\n")
    return 0 if all(record.met is not False for record in records) else 1
