"""Functions of proteins: predictions of terms that proteins lack, from a map and its data."""
