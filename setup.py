"""Metadata and dependencies. Tools are configured in pyproject.toml.

Frappe and Helpdesk are not dependencies here on purpose: they are installed by bench, and the `frappe` on the package
index is an empty placeholder. Without them the demo, the sandbox, replay and the tests of everything but the site work.
"""

from pathlib import Path

from setuptools import find_packages, setup

setup(
    name="social_care",
    version="0.1.0",
    description="Customer service on social media, inside Frappe Helpdesk",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The social_care authors",
    license="AGPL-3.0-or-later",
    packages=find_packages(include=["social_care", "social_care.*"]),
    include_package_data=True,
    zip_safe=False,
    python_requires=">=3.10",
    install_requires=[
        "requests>=2.31",
        "requests-oauthlib>=1.3",
        "tweepy>=4.14,<5",
        "twitter-text-parser>=3.0,<4",
        "setuptools<81",  # twitter-text-parser imports pkg_resources, which newer ones no longer have
        "click>=8.0",
        "py3langid>=0.4,<1",
        "vaderSentiment>=3.3.2,<4",
        "phonenumbers>=8.13",
        "python-stdnum>=1.20",
        "regex>=2023.12",
    ],
    extras_require={
        "test": [
            "pytest>=8",
            "hypothesis>=6.100",
            "responses>=0.23.1",
            "PyYAML>=6",
            "Babel>=2.13",
            "jsonschema>=4.18",
            "mastodon-mock>=0.6.1,<0.7",
        ],
        "browser": ["playwright>=1.45"],
        "dev": ["ruff==0.17.6", "mypy==2.4.1", "types-requests", "pre-commit>=3.5"],
    },
    entry_points={"console_scripts": ["social-care=social_care.cli:main"]},
)
