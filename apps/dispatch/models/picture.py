from django.db import models

from apps.dispatch.models.proposal import Proposal


class ProposalPicture(models.Model):
    """The state that a proposal was checked on and the same with its steps taken, as deflated grid frames.

    Values only where the two differ; who has supply, what is beyond a limit and where switches stand, everywhere.
    """

    proposal = models.OneToOneField(Proposal, on_delete=models.CASCADE, related_name="picture")
    before = models.BinaryField()
    after = models.BinaryField()
    nodes = models.PositiveIntegerField()  # that differ
    branches = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"Picture of proposal {self.proposal_id}"
