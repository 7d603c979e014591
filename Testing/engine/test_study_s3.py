"""A study whose predictions lie in S3, as a server on this machine speaks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.own_presets import SMALL, own_presets_in
from helpers.study_files import make_study, statuses
from rabengine.study import export_study, run_study
from rabengine.study.storage import StoreError, UrlStore

pytest.importorskip("s3fs", reason="s3fs, by which fsspec speaks S3, is not installed")
boto3 = pytest.importorskip("boto3", reason="boto3, which moto brings, is not installed")
moto = pytest.importorskip("moto.server", reason="moto with its server, which speaks S3, is not installed")

STORE = "s3://bucket/hearts"


@pytest.fixture(scope="module", autouse=True)
def presets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with own_presets_in(tmp_path_factory.mktemp("presets")):
        yield


@pytest.fixture(scope="module")
def bucket() -> Iterator[object]:
    """What boto3 knows of the server, which has an empty bucket."""
    server = moto.ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        }.items():
            patch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="bucket")
        yield client
    server.stop()


def keys(bucket: object) -> set[str]:
    return {one["Key"] for one in bucket.list_objects_v2(Bucket="bucket").get("Contents", ())}  # type: ignore[attr-defined]


def test_predictions_lie_in_the_bucket_and_an_earlier_one_goes(tmp_path, bucket):
    study = make_study(tmp_path, count=3, preset=SMALL, side=16, store=STORE)
    assert run_study(study).done == (1, 2, 3)
    earlier = keys(bucket)
    assert run_study(study, again=True).done == (1, 2, 3)
    assert keys(bucket) == {f"hearts/{cine.prediction.file}" for cine in study.cines()}
    assert not keys(bucket) & earlier
    assert sorted(export_study(study, tmp_path / "out").files) == [1, 2, 3]


def test_what_another_process_wrote_since_the_last_look_is_seen(bucket):
    store = UrlStore("s3://bucket/others")
    store.write("predictions/000/one.npz", b"1")
    assert store.names("predictions/000/") == ["predictions/000/one.npz"]
    bucket.put_object(Bucket="bucket", Key="others/predictions/000/two.npz", Body=b"2")
    assert store.names("predictions/000/") == ["predictions/000/one.npz", "predictions/000/two.npz"]


def test_a_bucket_that_is_not_there_costs_one_sentence_and_no_cine(tmp_path, bucket):
    study = make_study(tmp_path, count=2, preset=SMALL, side=16, store="s3://elsewhere-entirely/hearts")
    with pytest.raises(StoreError, match="s3://elsewhere-entirely/hearts cannot be written"):
        run_study(study)
    assert statuses(study) == ["waiting"] * 2
