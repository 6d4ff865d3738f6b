"""Pretrained networks whose features the teacher looks at, one file each."""
