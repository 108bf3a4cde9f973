home-guides = ᠵᠠᠭᠠᠪᠤᠷᠢ ᠬᠠᠢᠬᠤ
home-rate = ᠦᠨᠡᠯᠡᠯᠲᠡ
nav-progress = ᠶᠠᠪᠤᠴᠠ
nav-notices = ᠵᠠᠷᠯᠠᠯ
progress-ask = ᠬᠠᠢᠬᠤ
rate-thanks = ᠪᠠᠶᠠᠷᠯᠠᠯ᠎ᠠ
