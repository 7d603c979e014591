"""The folder of the segment editor's effect: Slicer names the effect's module after it, in the place of this package.

So nothing but the effect may be in here, and nobody may import from here.
"""
