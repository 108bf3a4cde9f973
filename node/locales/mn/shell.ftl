nav-home = ᠨᠢᠭᠤᠷ
nav-guides = ᠬᠡᠷᠡᠭ ᠰᠢᠢᠳᠪᠦᠷᠢᠯᠡᠬᠦ ᠵᠠᠭᠠᠪᠤᠷᠢ
sign-in = ᠨᠡᠪᠲᠡᠷᠡᠬᠦ
search = ᠬᠠᠢᠬᠤ
language = ᠬᠡᠯᠡ
