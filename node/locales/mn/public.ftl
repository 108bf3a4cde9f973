home-guides = ᠵᠠᠭᠠᠪᠤᠷᠢ ᠬᠠᠢᠬᠤ
