"""The installation, the bare page and the hands of `bench_review_page`."""
