home-guides = Find a service guide
home-search-hint = name, materials, conditions, code, or pinyin initials such as csdj
