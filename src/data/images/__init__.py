"""Reading images: fields, manifests, planes, nuclei, crops."""
