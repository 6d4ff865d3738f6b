"""What the device says about itself."""

from importlib.metadata import version

from linewatch.edge.agent.report import AgentReport, CameraReport
from linewatch.edge.local.status import UNTAUGHT, LocalStatus
from linewatch.edge.publish.status import CameraHealth, DeviceStatus, Golden


def device_status(report: AgentReport, update_refusal: str, local: LocalStatus = UNTAUGHT) -> DeviceStatus:
    """The status message for `report`; a bundle that serves has passed its golden check here."""
    return DeviceStatus(
        agent_version=version("linewatch-edge"),
        bundle_digest=report.bundle_digest,
        bundle_name=report.bundle_name,
        bundle_release=report.bundle_release,
        golden=Golden.PASSED if report.bundle_digest else Golden.UNKNOWN,
        cameras=tuple(map(_camera_health, report.cameras)),
        update_refusal=update_refusal,
        local_changes=local.in_force,
        local_trouble=local.trouble,
    )


def _camera_health(camera: CameraReport) -> CameraHealth:
    return CameraHealth(
        camera=camera.camera,
        alive=camera.alive,
        frames_captured=camera.frames_captured,
        frames_scored=camera.frames_judged,
        frames_skipped=camera.frames_skipped,
        frames_per_second=camera.fps,
    )
