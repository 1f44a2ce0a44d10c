from django.contrib.auth.hashers import PBKDF2PasswordHasher


class RandomSecretHasher(PBKDF2PasswordHasher):
    """For secrets of 64 random hex digits: nobody guesses them, so the work that slows a guess down is left out.

    Fifty thousand clients enrolled at once would cost an hour of Argon2.
    """

    algorithm = "random_secret"
    iterations = 1
