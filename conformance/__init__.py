"""The conformance suite: claims, harness, requirements, scenarios, verdicts, reports."""
