from rest_framework import serializers


class ProblemSerializer(serializers.Serializer):
    detail = serializers.CharField(required=False)
