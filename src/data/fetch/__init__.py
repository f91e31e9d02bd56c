"""Download of public data: manifests, resumable transfers, adapters of raw files."""
