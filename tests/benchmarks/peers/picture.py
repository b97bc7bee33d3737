def picture(c):
    return ""
