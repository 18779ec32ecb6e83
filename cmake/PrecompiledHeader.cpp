// Only the precompiled header.
