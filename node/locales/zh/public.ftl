home-guides = 查办事指南
home-search-hint = 名称、材料、条件、编码，或拼音首字母，如 csdj
