"""The STARTTLS fuzzer: streams, an executor, oracles, findings."""
