"""What the demo measured."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """The object that `linewatch demo --json` writes.

    Attributes:
        fps: frames judged a second by the edge agent, from first to last frame of the video.
        teacher_auroc, student_auroc: image AUROC on the test pictures; the student in INT8.
        teacher_ms, student_fp32_ms, student_int8_ms: one picture on one core, medians, measured in one run.
        size_ratio: bytes of the FP32 student over those of the INT8 student.
        miss_rate, false_alarm_rate: share of the video's defective parts without an event, and of its good parts with
            one.
        missed: the defective parts without an event: kind of defect and frames.
        events_opened: events that the agent opened.
        messages_spooled: transitions (opened, updated, closed) that the agent wrote to its spool.
        events_received: messages that reached the cloud, duplicates included.
        events_stored: messages committed to the database.
        events_waiting: messages that wait in the device's spool, unacknowledged; a later run would send them.
        events_lost: messages spooled that are neither stored nor waiting, and those that could not be spooled.
        events_duplicated: messages stored more than once.
        bytes_sent: bytes of all MQTT packets that left the device, estimated from their contents.
        bytes_h264: bytes of the same video as H.264.
        seconds: the whole demo.
        report: path of the HTML report.
    """

    fps: float
    frames: int
    teacher_auroc: float
    student_auroc: float
    teacher_ms: float
    student_fp32_ms: float
    student_int8_ms: float
    student_fp32_bytes: int
    student_int8_bytes: int
    size_ratio: float
    miss_rate: float
    false_alarm_rate: float
    parts: int
    parts_defective: int
    parts_found: int
    missed: list[str]
    events_opened: int
    messages_spooled: int
    events_received: int
    events_stored: int
    events_waiting: int
    events_lost: int
    events_duplicated: int
    bytes_sent: int
    bytes_h264: int
    seconds: float
    report: str

    def to_json(self) -> dict[str, object]:
        """The fields by name."""
        return asdict(self)
