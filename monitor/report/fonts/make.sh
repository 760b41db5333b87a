#!/bin/sh
# Subset the four faces of Tinos. Usage: ./make.sh /usr/share/fonts/truetype/croscore
# Needs pyftsubset (fontTools). Run it in this folder; see README.md.
set -eu
from=$1
latin=U+0020-007E,U+00A0-017F,U+0192,U+0218-021B,U+02C6-02C7,U+02D8-02DD
vietnamese=U+01A0-01A1,U+01AF-01B0,U+0300-0304,U+0306-0307,U+0309,U+031B,U+0323,U+1EA0-1EF9,U+20AB
greek=U+0394,U+03A3,U+03A9,U+03BC,U+03C0,U+03C3
punctuation=U+2007-200B,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+202F,U+2030,U+2032-2033,U+2039-203A,U+2044
figures=U+2070,U+2074-2079,U+2080-2089,U+2153-2154,U+215B-215E
signs=U+20AC,U+2116,U+2122,U+2190-2195,U+2202,U+2206,U+220F,U+2211-2212,U+221A,U+221E,U+2248,U+2260,U+2264-2265
shapes=U+25A0-25A1,U+25AA-25AB,U+25B2,U+25BA,U+25BC,U+25C4,U+25CA-25CB,U+25CF,U+25E6,U+FFFD
for face in Regular Bold Italic BoldItalic; do
    pyftsubset "$from/Tinos-$face.ttf" --output-file="Tinos-$face.ttf" \
        --unicodes="$latin,$vietnamese,$greek,$punctuation,$figures,$signs,$shapes" \
        --layout-features=kern,mark,mkmk,ccmp,locl --name-IDs='*' --no-hinting --drop-tables+=DSIG
done
