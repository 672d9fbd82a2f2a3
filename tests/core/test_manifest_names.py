from labeler.core.manifest_names import ManifestNames


def test_a_name_fits_no_file_that_only_ends_alike() -> None:
    files = ["a/1.png", "b/1.png", "c/1.png"]
    assert ManifestNames(["a/1.png"]).pair(files) == {"a/1.png": "a/1.png"}
    assert ManifestNames(["ages/1.png"]).pair(["images/1.png"]) == {}


def test_folders_before_either_name_are_passed_over_where_nothing_else_can_be_meant() -> None:
    names = ManifestNames(["images/1.png", "2.png"])
    assert names.pair(["1.png", "line/2.png"]) == {"1.png": "images/1.png", "line/2.png": "2.png"}


def test_a_name_that_could_mean_two_files_means_neither() -> None:
    names = ManifestNames(["1.png"])
    assert names.pair(["a/1.png", "b/1.png"]) == {}
    assert names.pair(["1.png", "1.png"]) == {}
    assert names.pair(["b/1.png", "1.png"]) == {"1.png": "1.png"}


def test_a_file_that_two_names_could_mean_gets_neither() -> None:
    names = ManifestNames(["a/1.png", "b/1.png"])
    assert names.pair(["1.png"]) == {}
    assert names.alone("1.png") is None


def test_alone_a_file_is_not_taken_for_a_name_without_its_folder() -> None:
    names = ManifestNames(["1.png", "images/2.png"])
    assert [names.alone(file) for file in ("1.png", "2.png", "a/1.png", "3.png")] == [
        "1.png", "images/2.png", None, None,
    ]  # fmt: skip
