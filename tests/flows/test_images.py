"""What an image says of itself."""

from labeler.flows import assign, images, review
from labeler.flows.site import Site
from tests.cast import Cast, fill, found, hire, present


def submit(site: Site, who: object, lease: str, *judgements: dict) -> str:
    told = review.Submission(
        submission_id=f"submission-{lease}", assignment=lease, standard_version=1,
        judgements=list(judgements),
    )  # fmt: skip
    return review.submit(site, who, told).id  # type: ignore[arg-type]


def needed(site: Site, cast: Cast, image: str) -> int | None:
    [listed] = images.list_images(site, cast.lead, "plates")
    alone = images.get_image(site, cast.lead, image)
    assert listed == alone
    return alone.reviews_needed


def test_only_a_judged_lease_makes_fewer_reviews_needed(site: Site) -> None:
    found(site)
    cast = hire(site)
    [image] = fill(site)
    [of_anna] = assign.claim(site, cast.anna, "plates", 1)
    [of_ben] = assign.claim(site, cast.ben, "plates", 1)
    assert needed(site, cast, image) == 2
    said = submit(site, cast.anna, of_anna.id, present("bubble"))
    assert needed(site, cast, image) == 1
    review.withdraw(site, cast.anna, said, "A slip.")
    assert needed(site, cast, image) == 2
    submit(site, cast.ben, of_ben.id)
    assert needed(site, cast, image) == 1
    assert images.get_image(site, cast.ben, image).reviews_needed is None
