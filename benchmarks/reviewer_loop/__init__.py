"""The two servers and the clients of `bench_reviewer_loop`."""
