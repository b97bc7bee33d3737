def put_into_guide(c):
    pass
