"""What holds for every test."""

from hypothesis import settings

# A test that is slow on a busy machine is no fault of what it tests.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
