"""The parts of a zip file that bundles use: stored members, zip64 where sizes need it.

The numbers are those of PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
"""

import struct

LOCAL = struct.Struct("<4s5H3L2H")
"""Signature, version, flags, method, time, date, CRC, two sizes, lengths of name and extra."""

CENTRAL = struct.Struct("<4s6H3L5H2L")
"""As `LOCAL`, with the maker before the version, and behind: lengths of extra and comment, disk,
internal and external attributes, offset of the local header."""

END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR_64 = struct.Struct("<4sLQL")
DESCRIPTOR = struct.Struct("<4s3L")
DESCRIPTOR_64 = struct.Struct("<4sL2Q")

LOCAL_SIGN, CENTRAL_SIGN, DESCRIPTOR_SIGN = b"PK\x03\x04", b"PK\x01\x02", b"PK\x07\x08"
END_SIGN, END_64_SIGN, LOCATOR_SIGN = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"

STORED = 0
UTF_8, HAS_DESCRIPTOR = 0x800, 0x8
FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF
VERSION, VERSION_64 = 20, 45
UNIX = 3
DATE = 0x21  # 1980-01-01, the first that a zip can tell: bundles have no times of their own
EXTRA_64 = 1
"""The extra field that has sizes and offsets of 64 bits."""
