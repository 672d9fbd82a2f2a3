import hashlib
import json
import pickle
import shutil
import zipfile

import pytest

from labeler.core.datasets.canonical import text
from labeler.core.datasets.manifest import digest
from labeler.core.errors import CheckFailed, NotFound
from labeler.flows.dataset_receipt import ReceiptCheck, sha256_of, signed_receipt
from labeler.flows.verify_dataset import DatasetFaults, verify
from labeler.flows.zip_form import packing_faults, plain_entry
from labeler.store.keys import SigningKey
from tests.made_datasets import built, small_plant

RECIPE = {"augment": {"preset": "surface"}, "group_by": ["unit", "lot"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    pictures, out = tmp_path_factory.mktemp("pictures"), tmp_path_factory.mktemp("out")
    images = small_plant(pictures, units=30)
    return built(images, {**RICH_SPLITS, **RECIPE}, pictures, out)


RICH_SPLITS = {"splits": {"train": 0.5, "val": 0.25, "test": 0.25}}


@pytest.fixture
def root(made, tmp_path):
    """A copy of the data set to spoil."""
    return shutil.copytree(made.manifest_path.parent, tmp_path / "demo")


def faults_of(path):
    with pytest.raises(DatasetFaults) as found:
        verify(path)
    assert isinstance(found.value, CheckFailed)
    return " | ".join(found.value.faults)


def manifest_of(root):
    return json.loads((root / "manifest.json").read_text(encoding="utf-8"))


def put_manifest(root, manifest, *, seal=True):
    """Write it as a careful forger would: canonical, with a fitting digest."""
    if seal:
        manifest["digest"] = digest(manifest)
    (root / "manifest.json").write_text(text(manifest), encoding="utf-8")


def forge_document(root, path, content):
    """Change a document and its hash in the manifest."""
    data = content.encode()
    (root / path).write_bytes(data)
    manifest = manifest_of(root)
    for one in manifest["documents"]:
        if one["path"] == path:
            one["sha256"], one["bytes"] = hashlib.sha256(data).hexdigest(), len(data)
    put_manifest(root, manifest)


def test_an_untouched_data_set_holds_as_folder_as_zip_and_where_it_was_written(made, root):
    manifest = manifest_of(root)
    for path in (root, made.zip_path, made.manifest_path.parent.parent):
        report = verify(path)
        assert report.project == "demo"
        assert report.files == len(manifest["files"])
        assert sum(report.images.values()) == 60
        assert report.gate_passed is False


def test_rewriting_the_manifest_as_it_is_changes_nothing(root):
    put_manifest(root, manifest_of(root))
    assert verify(root).project == "demo"


def every_file(root):
    return sorted(path for path in root.rglob("*") if path.is_file())


def kind_of(path):
    return path.parent.name, path.suffix


@pytest.mark.repetitive
def test_a_flipped_bit_in_any_file_is_found(root):
    kinds = set()
    for path in every_file(root):
        data = path.read_bytes()
        ends = {0, len(data) - 1} if kind_of(path) not in kinds else set()
        kinds.add(kind_of(path))
        for place in {len(data) // 2} | ends:
            path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            assert faults_of(root)
        path.write_bytes(data)
    assert verify(root)


def test_a_file_cut_short_lengthened_or_emptied_is_found(root):
    kinds = {}
    for path in every_file(root):
        kinds.setdefault(kind_of(path), path)
    assert len(kinds) >= 6
    for path in kinds.values():
        data = path.read_bytes()
        for spoiled in (data[:-1], data + b"\n", b""):
            path.write_bytes(spoiled)
            assert path.name in faults_of(root)
        path.write_bytes(data)
    assert verify(root)


@pytest.mark.repetitive
def test_a_missing_file_is_found(root):
    for path in every_file(root):
        data = path.read_bytes()
        path.unlink()
        if path.name == "manifest.json":
            with pytest.raises(NotFound):
                verify(root)
        else:
            assert f"{path.relative_to(root).as_posix()}: is missing" in faults_of(root)
        path.write_bytes(data)


@pytest.mark.parametrize(
    "name", ["extra.txt", "images/train/extra.jpg", "annotations/coco/extra.json", ".hidden"]
)
def test_an_extra_file_is_found(root, name):
    (root / name).write_bytes(b"x")
    assert f"{name}: is not in the manifest" in faults_of(root)


def test_a_link_is_found(root):
    path = next(p for p in every_file(root) if p.suffix == ".jpg")
    data = root.parent / "elsewhere.jpg"
    data.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(data)
    assert "is a link" in faults_of(root)


def test_two_files_exchanged_are_found(root):
    one, other = [p for p in every_file(root) if p.suffix == ".jpg"][:2]
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert "is not the file that was written" in faults_of(root)


def a_file(manifest, **wanted):
    return next(f for f in manifest["files"] if all(f[k] == v for k, v in wanted.items()))


def forge_label(m):
    file = a_file(m, split="val")
    file["labels"]["dent"] = {"present": "absent", "absent": "present"}[file["labels"]["dent"]]


def forge_split(m):
    file = a_file(m, split="val")
    file["split"] = "train"


def forge_twice(m):
    m["files"].append(dict(m["files"][0]))


def forge_unit(m):
    a_file(m, split="val")["unit"] = "U99"


FORGERIES = {
    "counts": lambda m: m["counts"]["real"]["train"].update(images=1),
    "groups": lambda m: m["groups"].update(train=1),
    "label": forge_label,
    "split": forge_split,
    "unit": forge_unit,
    "keys": lambda m: m["files"][0]["keys"].pop("lot"),
    "copy outside train": lambda m: a_file(m, split="test").update(variant={"copy": 1}),
    "source": lambda m: m["files"][0]["source"].update(dent="guess"),
    "verdict": lambda m: m["files"][0]["labels"].update(dent="unsure"),
    "unknown class": lambda m: m["files"][0]["labels"].update(crack="present"),
    "classes": lambda m: m["classes"].reverse(),
    "seed": lambda m: m.update(seed=5),
    "recipe": lambda m: m["recipe"].update(colour=1),
    "formats": lambda m: m["recipe"].update(formats=["csv"]),
    "group_by": lambda m: m["leak_proof"].update(group_by=["unit"]),
    "standard": lambda m: m["standard"]["defect_types"].pop(),
    "schema": lambda m: m.update(schema="other"),
    "gate": lambda m: m["gate"].update(passed=True),
    "left out": lambda m: m["left_out"].update(unsettled=5),
    "listed twice": forge_twice,
    "no files": lambda m: m.pop("files"),
    "files of another shape": lambda m: m.update(files=[1, 2]),
    "documents": lambda m: m["documents"].pop(),
    "size": lambda m: m["files"][0].update(bytes=5),
    "width": lambda m: m["files"][0].update(width_px=5),
}


@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_a_forged_manifest_is_found_though_its_digest_fits(root, name):
    manifest = manifest_of(root)
    FORGERIES[name](manifest)
    put_manifest(root, manifest)
    assert faults_of(root)


def test_any_value_changed_without_the_digest_is_found(root):
    for key, value in manifest_of(root).items():
        manifest = manifest_of(root)
        manifest[key] = value + "x" if isinstance(value, str) else [value]
        put_manifest(root, manifest, seal=False)
        assert faults_of(root)


def test_a_manifest_written_another_way_is_found(root):
    (root / "manifest.json").write_text(json.dumps(manifest_of(root)), encoding="utf-8")
    assert "not written the way" in faults_of(root)


@pytest.mark.parametrize("content", ["", "[]", "{", "null", '{"schema": NaN}'])
def test_what_is_no_manifest_is_said(root, content):
    (root / "manifest.json").write_text(content, encoding="utf-8")
    assert "manifest.json" in faults_of(root)


def test_a_leak_is_found_in_keys_pixels_pairs_and_groups(root):
    def leaking(change):
        manifest = manifest_of(root)
        change(manifest, a_file(manifest, split="train"), a_file(manifest, split="test"))
        spoiled = root.parent / "spoiled"
        shutil.copytree(root, spoiled, dirs_exist_ok=True)
        put_manifest(spoiled, manifest)
        return faults_of(spoiled)

    def same_unit(m, one, other):
        other["unit"] = other["keys"]["unit"] = one["unit"]

    assert "leak: test and train" in leaking(same_unit)
    assert "leak" in leaking(lambda m, one, other: other.update(pixels=one["pixels"]))
    assert "leak" in leaking(lambda m, one, other: other.update(group=one["group"]))
    assert "leak" in leaking(
        lambda m, one, other: m["leak_proof"]["near_duplicate_pairs"].append(
            [one["image"], other["image"]]
        )
    )


def test_a_table_that_disagrees_is_found_though_its_hash_fits(root):
    name = "annotations/labels.csv"
    good = (root / name).read_text(encoding="utf-8")
    lines = good.splitlines(keepends=True)
    for bad in (
        "".join(lines[:-1]),
        good + lines[-1],
        good.replace(",absent,", ",present,", 1),
        good.replace(",unanimous,", ",ruled,", 1),
        good.replace("file,image", "name,image", 1),
        good.replace(",0,2,0\n", ",0,two,0\n", 1),
        "",
    ):
        assert bad != good
        forge_document(root, name, bad)
        assert name in faults_of(root)
    forge_document(root, name, good)
    assert verify(root)


def test_a_coco_file_that_disagrees_is_found_though_its_hash_fits(root):
    name = "annotations/coco/instances_train.json"
    good = (root / name).read_text(encoding="utf-8")

    def spoiled(change):
        document = json.loads(good)
        change(document)
        forge_document(root, name, text(document))
        return faults_of(root)

    def with_mask(document):
        return next(a for a in document["annotations"] if isinstance(a["segmentation"], dict))

    def with_box(document):
        return next(a for a in document["annotations"] if isinstance(a["segmentation"], list))

    assert "images are not" in spoiled(lambda d: d["images"].pop())
    assert "images are not" in spoiled(lambda d: d["images"][0].update(width=1))
    assert "categories" in spoiled(lambda d: d["categories"].reverse())
    assert "twice" in spoiled(lambda d: d["annotations"].append(d["annotations"][0]))
    assert "belongs to nothing" in spoiled(lambda d: d["annotations"][0].update(image_id=10**6))
    assert "belongs to nothing" in spoiled(lambda d: d["annotations"][0].update(category_id=0))
    assert "marks what is not present" in spoiled(
        lambda d: [one.update(category_id=1) for one in d["annotations"]]
    )
    assert "beyond" in spoiled(lambda d: d["annotations"][0].update(bbox=[0, 0, 10**5, 1]))
    assert "beyond" in spoiled(lambda d: d["annotations"][0].update(bbox=[0, 0, 0, 1]))
    assert "beyond" in spoiled(lambda d: with_mask(d)["segmentation"]["counts"].append(3))
    for outline in ([], [[]], [[0, 0, 5, 5]], [[0, 0, 5, 5, 5]], [[0, 0, 10**5, 0, 5, 5]]):
        assert "beyond" in spoiled(lambda d, o=outline: with_box(d).update(segmentation=o))
    assert "lacks the place" in spoiled(lambda d: d["annotations"].pop())
    assert "shape" in spoiled(lambda d: d.pop("images"))
    forge_document(root, name, good)
    assert verify(root)


def test_a_data_sheet_that_says_something_else_is_found_though_its_hash_fits(root):
    good = (root / "DATASHEET.md").read_text(encoding="utf-8")
    forge_document(root, "DATASHEET.md", good.replace("Not shown", "Shown"))
    assert "DATASHEET.md" in faults_of(root)


def as_packed(name):
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, 0o100644 << 16
    return entry


def rezip(source, target, change=None, extra=()):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            name, data = entry.filename, old.read(entry)
            if change:
                name, data = change(name, data)
            if name:
                new.writestr(as_packed(name), data)
        for name, data in extra:
            new.writestr(as_packed(name), data)
    return target


def test_a_zip_packed_again_holds_and_a_spoiled_one_does_not(made, tmp_path):
    zipped = made.zip_path
    assert verify(rezip(zipped, tmp_path / "same.zip"))
    picture = next(n for n in zipfile.ZipFile(zipped).namelist() if n.endswith(".jpg"))

    def dropped(name, data):
        return (None if name == picture else name), data

    def changed(name, data):
        return name, data + b"x" if name == picture else data

    assert "is missing" in faults_of(rezip(zipped, tmp_path / "a.zip", dropped))
    assert "not the file" in faults_of(rezip(zipped, tmp_path / "b.zip", changed))
    for number, (extra, fault) in enumerate(
        [
            (("demo/more.txt", b""), "not in the manifest"),
            (("demo/../../evil", b""), "leaves the root"),
            (("other/evil", b""), "more than one root"),
        ]
    ):
        found = faults_of(rezip(zipped, tmp_path / f"{number}.zip", extra=[extra]))
        assert fault in found


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_file_twice_in_a_zip_is_found(made, tmp_path):
    path = rezip(made.zip_path, tmp_path / "x.zip", extra=[("demo/DATASHEET.md", b"other")])
    assert "twice" in faults_of(path)


def test_a_bit_flipped_anywhere_in_the_zips_content_is_found(made, tmp_path):
    data = made.zip_path.read_bytes()
    with zipfile.ZipFile(made.zip_path) as archive:
        infos = archive.infolist()
    target = tmp_path / "flipped.zip"
    for entry in infos[:: max(1, len(infos) // 25)]:
        place = entry.header_offset + 30 + len(entry.filename) + entry.file_size // 2
        target.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        assert faults_of(target)
    target.write_bytes(data[: len(data) // 2])
    assert "no readable zip" in faults_of(target)


def test_a_zip_with_a_byte_that_is_no_files_content_is_found(made, tmp_path):
    data, target = made.zip_path.read_bytes(), tmp_path / "x.zip"
    with zipfile.ZipFile(made.zip_path) as archive:
        entries, directory = archive.infolist(), archive.start_dir
    second = entries[1].header_offset
    spoiled = [
        b"x" + data, b"MZ" * 500 + data, data + b"x", data + bytes(30), data[:-2] + b"\1\0x",
        data[:second] + b"between" + data[second:],
        data[:directory] + b"before the directory" + data[directory:],
    ]  # fmt: skip
    for start in (0, second, entries[-1].header_offset):
        spoiled += [flipped(data, start + place) for place in range(30)]
    spoiled += [flipped(data, place) for place in range(directory, directory + 46)]
    spoiled += [flipped(data, place) for place in range(len(data) - 22, len(data))]
    for one in spoiled:
        target.write_bytes(one)
        with pytest.raises((DatasetFaults, zipfile.BadZipFile, NotImplementedError)):  # noqa: SIM117  raised inside alone
            with zipfile.ZipFile(target) as archive:
                check_form(target, archive)
    target.write_bytes(data + b"x")
    assert "more follows" in faults_of(target)
    target.write_bytes(b"x" + data)
    assert "not written the way" in faults_of(target)
    target.write_bytes(data)
    assert verify(target)


def test_a_zip_of_large_files_has_its_form_too(made, tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 2_000)  # as if these were gigabytes
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
    root, target = made.manifest_path.parent, tmp_path / "x.zip"
    with zipfile.ZipFile(made.zip_path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            path = root.parent / name
            with new.open(plain_entry(name, path.stat().st_size), "w") as packed:
                packed.write(path.read_bytes())
    assert b"PK\x06\x06" in target.read_bytes()[-200:]
    assert verify(target)
    target.write_bytes(target.read_bytes().replace(b"PK\x06\x06\x2c", b"PK\x06\x06\x2d"))
    with pytest.raises((DatasetFaults, zipfile.BadZipFile)):
        verify(target)


def check_form(path, archive):
    """As `verify` does before it reads contents, so that a hundred spoiled zips take a moment."""
    if found := list(packing_faults(path, archive)):
        raise DatasetFaults(found)


def flipped(data, place):
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_an_extra_empty_folder_is_found(made, root, tmp_path):
    (root / "images" / "more" / "deeper").mkdir(parents=True)
    assert "images/more/deeper/: is not in the manifest" in faults_of(root)
    packed = rezip(made.zip_path, tmp_path / "x.zip", extra=[("demo/more/", b"")])
    assert "more/: is not in the manifest" in faults_of(packed)


@pytest.mark.parametrize("packed", [False, True])
def test_a_receipt_beside_it_must_fit_and_be_signed(made, root, packed):
    key, foreign = (SigningKey(root.parent / name) for name in ("one.key", "other.key"))
    place = root
    if packed:
        place = root.parent / "dataset.zip"
        shutil.copyfile(made.zip_path, place)
    body = {
        "project": "demo", "requested_by": "lea",
        "zip": {"sha256": made.sha256, "bytes": made.zip_path.stat().st_size},
        "manifest": {"sha256": sha256_of(root / "manifest.json")},
    }  # fmt: skip

    def with_receipt(document):
        (root.parent / "receipt.json").write_text(json.dumps(document))

    def faults():
        with pytest.raises(DatasetFaults) as found:
            verify(place, key)
        return " | ".join(found.value.faults)

    assert verify(place, key).receipt is ReceiptCheck.NONE
    good = signed_receipt(body, key)
    with_receipt(good)
    assert verify(place, key).receipt is ReceiptCheck.SIGNED
    assert verify(place).receipt is ReceiptCheck.NOT_CHECKED
    for forged in ({**good, "requested_by": "eve"}, body, signed_receipt(body, foreign)):
        with_receipt(forged)
        assert "not signed by this installation" in faults()
    with_receipt(signed_receipt({**body, "manifest": {"sha256": "0" * 64}}, key))
    assert "another dataset" in faults()
    with_receipt(signed_receipt({**body, "zip": {"sha256": "0" * 64, "bytes": 1}}, key))
    if packed:
        assert "another zip" in faults()
    for broken in ([], {"project": "demo"}, None):
        with_receipt(broken)
        assert "is no receipt" in faults()
    with_receipt({**good, "project": "plates"})
    assert verify(place, key).receipt is ReceiptCheck.OTHER


def test_faults_come_back_from_another_process_as_they_were():
    found = DatasetFaults(["a {b}", "c"])
    again = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own, from a moment ago
    assert (str(again), again.faults) == (str(found), found.faults)


def test_where_nothing_is_nothing_is_found(tmp_path):
    with pytest.raises(NotFound):
        verify(tmp_path / "absent.zip")
    with pytest.raises(NotFound):
        verify(tmp_path)
