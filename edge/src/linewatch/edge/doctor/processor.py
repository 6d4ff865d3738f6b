"""Whether the processor and the memory are fit for the work."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from linewatch.edge.doctor.finding import Finding, doubt, well

_CPUINFO, _MEMINFO = Path("/proc/cpuinfo"), Path("/proc/meminfo")
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_FAST_INTEGERS = ("avx512_vnni", "avx_vnni", "asimddp")
_WIDE = ("avx2", "asimd", "neon")
_LEAST_KB = 300_000


def look_at_processor() -> Iterator[Finding]:
    """Findings about this device's processor and memory."""
    yield from judge_processor(_flags(_read(_CPUINFO)), _read(_GOVERNOR).strip(), len(os.sched_getaffinity(0)))
    yield from judge_memory(_sizes(_read(_MEMINFO)))


def judge_processor(flags: frozenset[str], governor: str, cores: int) -> Iterator[Finding]:
    """Findings about a processor that can do `flags`, is paced by `governor`, and of which `cores` may be used."""
    if flags and not any(flag in flags for flag in _WIDE):
        is_ = "is too old to multiply many numbers at once (no AVX2)"
        yield doubt("processor", is_, "expect a tenth of the speed, or use a newer one")
    elif not any(flag in flags for flag in _FAST_INTEGERS):
        is_ = "multiplies 8-bit numbers slowly (no VNNI or dot product)"
        yield doubt("processor", is_, "expect a third of the speed")
    else:
        yield well("processor", f"multiplies 8-bit numbers fast; {cores} cores may be used")
    if governor == "powersave":
        yield doubt(
            "processor's pace",
            "may be lowered to save power, and frames then take longer",
            f"for the shortest latency: echo performance > {_GOVERNOR} (and for each other core)",
        )


def judge_memory(sizes_kb: Mapping[str, int]) -> Iterator[Finding]:
    """Findings about memory of which there is so much."""
    free = sizes_kb.get("MemAvailable")
    if free is None:
        return
    if free < _LEAST_KB:
        is_ = f"has {free / 1000:.0f} MB to give, and the agent wants about {_LEAST_KB / 1000:.0f}"
        yield doubt("memory", is_, "end other programs, or use fewer cameras or smaller frames")
    else:
        yield well("memory", f"has {free / 1000:,.0f} MB to give")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _flags(cpuinfo: str) -> frozenset[str]:
    lines = (line for line in cpuinfo.splitlines() if line.startswith(("flags", "Features")))
    return frozenset(next(lines, "").partition(":")[2].split())


def _sizes(meminfo: str) -> dict[str, int]:
    found = (line.split() for line in meminfo.splitlines() if line.endswith(" kB"))
    return {words[0].rstrip(":"): int(words[1]) for words in found}
