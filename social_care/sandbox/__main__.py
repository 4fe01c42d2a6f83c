"""`python -m social_care.sandbox`."""

from social_care.sandbox.serve import main

main()
