from linewatch.edge.capture.backoff import Backoff


def test_waits_double_up_to_a_limit_and_start_over_after_a_good_run() -> None:
    backoff = Backoff(first_s=1, longest_s=5, settled_s=10)
    assert [backoff.after(0.1) for _ in range(5)] == [1, 2, 4, 5, 5]
    assert backoff.after(11) == 1
    assert backoff.after(0.1) == 2


def test_a_camera_that_failed_for_years_is_still_tried() -> None:
    backoff = Backoff()
    assert max(backoff.after(0) for _ in range(5000)) == 30
