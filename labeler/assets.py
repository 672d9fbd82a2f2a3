"""Where templates, static files, migrations and sample data lie: in a wheel or a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def asset_folder(name: str) -> Path:
    """The folder `name`: inside the installed package, else at the checkout's root."""
    packed = _PACKAGE / "assets" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
