"""Attribute agreement study: appraisers repeat themselves, agree, and are right, or not."""
